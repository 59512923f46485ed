"""Machine readable zones of travel documents (ICAO Doc 9303, TD1, TD2 and TD3).

Owns where each field stands, reading with proof by check digits, and writing. Getting text off a
picture is `connectors.ocr`'s. The zones of 回乡证 and 台胞证 are not public: they are not judged.
"""
