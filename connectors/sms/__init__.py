"""Text messages through a gateway of Alibaba Cloud's shape (Dysmsapi 2017-05-25, signature V3).

A signed RPC request carries a template id and JSON parameters; the answer carries a request id and
a receipt number, with which delivery is asked for later. Answers are not signed in this interface:
TLS alone vouches for them, so nothing that raises a level may hang on one.
"""
