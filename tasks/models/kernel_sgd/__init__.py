"""Averaged SGD on Nystroem features of HOG."""
