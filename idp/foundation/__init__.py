"""The ground floor: time, storage, keys, sealing, audit, outbox, SQL, the configuration's stamp.

Owns how things are kept and proven; knows no protocol, no person and no page. Above it stands
everything else in ``idp``; below it only ``idp.conf``. Instances are built by ``deploy`` and handed
in.
"""
