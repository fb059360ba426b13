"""Work in a process of its own, that never outlives the one which asked for it."""

import contextlib
import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from multiprocessing.connection import Connection
from typing import Any, TypeVar

T = TypeVar("T")


def run_apart(
    function: Callable[..., T], *arguments: Any, environment: Mapping[str, str | None] | None = None
) -> T:
    """Return what a function of a module gives in a fresh process, with memory of its own.

    Parameters
    ----------
    function : callable
        It is found there by its name, so it stands at the top of a module.
    *arguments
    environment : mapping of str to str or None, optional
        Variables that the process finds set, or not set where the value is None.

    Raises
    ------
    RuntimeError
        If the process ends without an answer; else what the function raises.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(sender, function, arguments))
    with changed_environment(environment or {}):
        process.start()
    sender.close()
    try:
        worked, answer = receiver.recv()
    except EOFError:
        process.join()
        raise RuntimeError(
            f"expected an answer of another process, found that it ended with code {process.exitcode}"
            + ("; memory may have been short" if process.exitcode == -9 else "")
        ) from None
    except BaseException:
        process.kill()
        raise
    finally:
        process.join()
    if not worked:
        raise answer
    return answer  # type: ignore[no-any-return]


def _answer(sender: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    """Send (True, result) or (False, error)."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        answer = True, function(*arguments)
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
