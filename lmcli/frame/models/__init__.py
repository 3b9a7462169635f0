"""Model folders: what a model.toml says, where such folders lie, whether their files are whole."""

from lmcli.frame.models.files import Fault, change_origin, sha256_of, verify, write_spec
from lmcli.frame.models.registry import BY_LANGUAGE, DEFAULTS, Registry, bundled_folder
from lmcli.frame.models.spec import SPEC, Model, ModelFile, read_spec

__all__ = [
    "BY_LANGUAGE",
    "DEFAULTS",
    "SPEC",
    "Fault",
    "Model",
    "ModelFile",
    "Registry",
    "bundled_folder",
    "change_origin",
    "read_spec",
    "sha256_of",
    "verify",
    "write_spec",
]
