"""The chosen model's mistakes, the pixels it uses, and its robustness."""
