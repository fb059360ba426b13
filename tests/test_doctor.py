from fmnist_lessons.doctor import findings


def test_the_doctor_finds_a_damaged_file(tmp_path, monkeypatch):
    monkeypatch.setenv("FMNIST_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("FMNIST_DATA_DIR", str(tmp_path))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(b"cut")
    found = list(findings())
    topics = {topic for topic, *_ in found}
    assert topics >= {"Python", "Versions", "Memory", "Backend", "Cache", "Data", "Weights"}
    data = [(line, well) for topic, line, well in found if topic == "Data"]
    assert len(data) == 4
    assert not any(well for _, well in data)
    assert all(".gz" in line for line, _ in data)
