"""E-mail over SMTP (RFC 5321): text and HTML from templates of ours, in three languages.

TLS is required and its certificate checked; only the sandbox on loopback is spoken to in plain. For
people whom none of our text messages reaches.
"""
