"""What must be there before anything is served: the schema, and signing keys."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from flask import Flask

from authserver.cli.failures import Failure
from authserver.models import migration
from authserver.models.unit_of_work import unit_of_work
from authserver.settings import ASYMMETRIC_ALGORITHMS

if TYPE_CHECKING:
    from authserver.composition import House
