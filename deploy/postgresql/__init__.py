"""Django's PostgreSQL backend, whose connections are lent and not bound to threads."""
