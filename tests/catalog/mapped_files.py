"""What tests of the catalog may ask for: what a file comes to by a map."""

import gzip

import pytest

from rackhouse.catalog.mapping import drafts, load_mapping, read_rows


@pytest.fixture
def outcome(tmp_path):
    """What a file comes to by a map: drafts and bad rows in order."""

    def read(map_text, file_text, name="file.csv"):
        mapping_path, path = tmp_path / "map.toml", tmp_path / name
        mapping_path.write_text(map_text)
        written = file_text if isinstance(file_text, bytes) else file_text.encode()
        path.write_bytes(gzip.compress(written) if name.endswith(".gz") else written)
        mapping = load_mapping(mapping_path)
        return list(drafts(read_rows(path, mapping), mapping))

    return read
