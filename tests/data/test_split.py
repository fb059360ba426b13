"""The order from which all validation parts are cut."""

import hashlib

import numpy as np

from fmnist_lessons.data import cache


def test_the_split_is_the_one_that_the_records_were_made_with():
    order = cache.order_of(np.arange(60_000) // 7 % 10)
    digest = hashlib.sha256(order.astype("<u4").tobytes()).hexdigest()
    assert digest == "db8570a4c2ad4b542e3ffef7ed7f6d70ae3659c083b6b6273fc6a773f3f8d539"
