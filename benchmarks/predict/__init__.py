"""How well a person's own images are read: printed pages, holding back, the loop, large batches."""
