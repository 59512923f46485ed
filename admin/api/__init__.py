"""The management API under /api/v1/: what the console does, for programs that hold a role of staff.

Owns its operations with who may use each, its wire (problems, tags, cursors, repeated requests) and
its OpenAPI document. What is done stays with the rooms, the rules of people with the console's.
"""
