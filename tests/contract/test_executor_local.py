import pytest

from codek7.plugins import executor_local
from codek7.testing.executor import ExecutorContract


class TestExecutorLocal(ExecutorContract):
    @pytest.fixture
    def plugin(self) -> object:
        return executor_local
