"""The access step: may this person enter this service?"""
