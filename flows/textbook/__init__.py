"""The flow that measures chapter 3's own figures."""
