"""Helper library of fmnist-lessons, a course that teaches deep learning on Fashion-MNIST."""

__version__ = "0.1.0"
