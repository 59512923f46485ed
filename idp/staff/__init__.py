"""Those who run the city's identity: their accounts, roles, second factors and sessions.

What each may see and do in the console is the console's table of routes; who stands at a window
or a telephone is the channels'.
"""
