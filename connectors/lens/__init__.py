"""Our own eye for faces, for kiosks where no authority compares them: an optional extra, `faces`.

dlib's detector and its 5-point and 128-number models (CC0, in the package face_recognition_models).
Pictures stay in memory; what is told of them is how alike two faces are.
"""
