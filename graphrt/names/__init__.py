"""What is known about names of TensorFlow 1, whether graphrt has them or not.

``tensorflow.txt`` lists them (recorded by tools/golden/names.py from TensorFlow 1.15.5); ``planned`` says what will
become of those that are missing; ``renamed`` knows the names from before TensorFlow 1.0 and of TensorFlow 2. Messages
(``missing``) and docs/names.md (``page``) are made of these tables alone. Nothing here is imported before a name is
missed.
"""
