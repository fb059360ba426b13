import pytest

from fmnist_lessons.commands.doctor import findings
from fmnist_lessons.machine import backend, device
from fmnist_lessons.models.imagenet import NETWORKS


def test_the_doctor_finds_a_damaged_file(tmp_path, monkeypatch):
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("FMNIST_DATA_DIR", str(tmp_path))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(b"cut")
    found = list(findings())
    topics = {topic for topic, *_ in found}
    assert topics >= {"Python", "Settings", "Versions", "Memory", "Backend", "Cache", "Data", "Weights"}
    data = [(line, well) for topic, line, well in found if topic == "Data"]
    assert len(data) == 4
    assert not any(well for _, well in data)
    assert all(".gz" in line for line, _ in data)


def test_the_doctor_names_a_folder_that_is_not_there_once(tmp_path, monkeypatch):
    monkeypatch.setenv("FMNIST_DATA_DIR", str(tmp_path / "nowhere"))
    (line,) = [line for topic, line, _ in findings() if topic == "Data"]
    assert "nowhere: expected a folder with the four .gz files; found no such folder" in line


def test_the_doctor_survives_a_keras_that_does_not_start(tmp_path, monkeypatch):
    def fails(**_):
        raise ImportError("libcudart.so is missing")

    monkeypatch.setattr(device, "describe", fails)
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path))
    found = {topic: (line, well) for topic, line, well in findings()}
    assert found["Backend"] == ("libcudart.so is missing", False)


def test_the_doctor_looks_at_the_settings_of_keras():
    def told():
        return next((line, well) for topic, line, well in findings() if topic == "Keras")

    line, well = told()
    assert "floatx float32" in line
    assert well
    backend.keras.config.set_floatx("float16")
    try:
        line, well = told()
    finally:
        backend.keras.config.set_floatx("float32")
    assert "expected floatx float32, found float16" in line
    assert not well


@pytest.mark.parametrize(
    ("name", "value", "topic", "message"),
    [
        ("FMNIST_CACHE_DIR", "~nobody-of-this-name/cache", "Cache", "no such user"),
        ("KERAS_HOME", "~nobody-of-this-name/keras", "Weights", "no such user"),
        ("FMNIST_QUICK", "yes", "Settings", "expected 0 or 1, found 'yes'"),
        ("FMNIST_MODE", "fast", "Settings", "expected live, quick or record, found 'fast'"),
        ("FMNIST_DATA", "mnist", "Settings", "fashion-mnist or sketch"),
    ],
)
def test_what_one_look_meets_stops_no_other(monkeypatch, name, value, topic, message):
    if name == "FMNIST_MODE":
        monkeypatch.setenv("FMNIST_QUICK", "0")
    monkeypatch.setenv(name, value)
    found = list(findings())
    assert any(where == topic and message in line and not well for where, line, well in found)
    assert found[-1][0] == "Weights"


def test_the_doctor_finds_weights_that_are_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    file = tmp_path / "models" / NETWORKS["mobilenet"].file
    file.parent.mkdir()
    file.write_bytes(b"cut")
    found = {topic: (line, well) for topic, line, well in findings()}
    assert str(file) in found["Weights"][0]
    assert "expected the published file (sha256:353ac986" in found["Weights"][0]
    assert not found["Weights"][1]
