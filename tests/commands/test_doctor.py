from fmnist_lessons.commands.doctor import findings
from fmnist_lessons.machine import device
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
    assert found["Backend"] == ("Keras does not start: ImportError: libcudart.so is missing", False)


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
