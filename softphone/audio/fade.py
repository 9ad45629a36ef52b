"""The shape of every fade: a raised cosine, which has no corner to be heard."""

import numpy as np
from numpy.typing import NDArray


def raised_cosine(samples: int) -> NDArray[np.float32]:
    """From 0 to 1, shape (samples,): neither end is reached, so that joined runs repeat no sample."""
    return (0.5 - 0.5 * np.cos(np.pi * (np.arange(samples) + 0.5) / samples)).astype(np.float32)
