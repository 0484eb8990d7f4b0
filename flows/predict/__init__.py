"""The flow that scores a person's own images with the champion."""
