"""ID card readers with a SAM: what a chip holds, signed by the enrolled device that read it.

A local agent signs every reading with the device's own key, over a nonce of ours and a counter. It
may pass through a browser, which is never trusted: it can neither change a reading nor replay one.
"""
