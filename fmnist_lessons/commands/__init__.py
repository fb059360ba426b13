"""The command ``fmnist``, and what it does."""
