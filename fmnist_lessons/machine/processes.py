"""Work in processes of their own: what one process has touched, such as memory, the next does not see."""

import multiprocessing
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")


def each_in_its_own_process(
    work: Callable[[Given], Found], given: Iterable[Given], *, at_once: int = 1
) -> list[Found]:
    """Return ``[work(one) for one in given]``, each made by a new process that does nothing else.

    Parameters
    ----------
    work : callable
        A function of a module: a new process imports it.
    given : iterable
        What it is called with, one after the other.
    at_once : int
        So many processes at the same time.

    Raises
    ------
    RuntimeError
        If a process dies. What `work` raises is raised here.
    """
    anew = multiprocessing.get_context("spawn")
    try:
        with ProcessPoolExecutor(at_once, mp_context=anew, max_tasks_per_child=1) as pool:
            return list(pool.map(work, given))
    except BrokenProcessPool as error:
        raise RuntimeError(
            f"{work.__name__}: expected a process of its own to end its work, found that it died; "
            "is there memory enough?"
        ) from error
