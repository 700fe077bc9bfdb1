"""Faces in pictures: found, aligned and described as vectors, in limited child processes.

Nothing here knows a model of Django. ``pool.FacePool`` is the door; what imports dlib, OpenCV,
DeepFace or onnxruntime (``dlib_engine``, ``sface_engine``) runs in its children only. Keep this
file free of imports: every child pays for them.
"""
