"""Work in processes of their own: what one has touched, such as memory, the next does not see.

No such process outlives the one that asked for it.
"""

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from typing import Any, TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")
_STARTING = threading.Lock()  # the environment is that of all threads: it is changed by one at a time


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
    with ThreadPoolExecutor(at_once) as threads:
        return list(threads.map(lambda one: run_apart(work, one), given))


def run_apart(
    work: Callable[..., Found], *given: Any, environment: Mapping[str, str | None] | None = None
) -> Found:
    """Return what a function of a module gives in a new process.

    Parameters
    ----------
    work : callable
    *given
        What it is called with.
    environment : mapping of str to str or None, optional
        Variables that the process finds set, or not set where the value is None.

    Raises
    ------
    RuntimeError
        If the process dies. What `work` raises is raised here.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sender, work, given))
    with _STARTING, changed_environment(environment or {}):
        process.start()
    sender.close()
    try:
        worked, answer = receiver.recv()
    except EOFError:
        process.join()
        raise RuntimeError(
            f"{work.__name__}: expected a process of its own to end its work, found that it died "
            f"(code {process.exitcode}); is there memory enough?"
        ) from None
    except BaseException:
        process.kill()
        raise
    finally:
        process.join()
    if not worked:
        raise answer
    return answer  # type: ignore[no-any-return]


def _answer(sender: Connection, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    """Send (True, result) or (False, error)."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        answer = True, work(*given)
    except Exception as error:
        answer = False, error
    sender.send(answer)


def _end_with_parent() -> None:
    """Wait for the end of the process that asked, and end at once."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


@contextlib.contextmanager
def changed_environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables, or take them away where the value is None, for a while."""
    before = dict(os.environ)
    try:
        for name, value in changes.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
