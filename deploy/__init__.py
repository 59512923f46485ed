"""The composition root: the only package that knows all others, and how they run.

Settings, the processes of `up`, the checks of `verify`, configuration files, the front door. What
a deployment is made of stands here; what the product does stands in the rooms.
"""
