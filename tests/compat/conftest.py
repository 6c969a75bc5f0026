from tests.engine.conftest import (  # noqa: F401
    quick_start,
    tiny_data,
    toy_data,
)
