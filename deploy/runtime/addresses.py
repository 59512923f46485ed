"""What `manage.py up` says when everything is ready."""

from deploy.runtime.options import Options


def announcement(options: Options) -> str:
    """Return the addresses, for people."""
    port = options.port
    lines = [
        "",
        "Tongxing 通行 is ready.",
        "",
        f"  provider    {options.issuer}",
        f"  discovery   {options.issuer}/.well-known/openid-configuration",
        f"  sandbox     http://127.0.0.1:{port + 1}/people   (and /inbox, /devices)",
        f"  mail        smtp://127.0.0.1:{port + 25}   (what it takes is in /inbox)",
        f"  portal A    http://127.0.0.1:{port + 10}",
        f"  portal B    http://localhost:{port + 11}",
        f"  console     {options.issuer}/console/",
        f"  kiosk       http://127.0.0.1:{port + 12}",
        "",
        f"  data        {options.locations.data}   (logs in log/)",
        "",
        "Made-up people to sign in as: see README.md. Ctrl-C stops everything.",
    ]
    return "\n".join(lines)
