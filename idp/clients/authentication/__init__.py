"""Client authentication: which proof a request carries, and whether it is the registered one.

One file per `token_endpoint_auth_method`, named by its registered value. The wire's refusals
(error codes, challenges) are the doors'.
"""
