"""Models, each in a table of one row: the model, and what it said of each row when it was trained.

They are trained in the interpreters that score with them, by ours: a model can be read by the
package's version that made it.
"""

from dataclasses import dataclass

from datasets import SCORED


@dataclass(frozen=True)
class Model:
    table: str
    language: str
    script: str

    @property
    def trained(self) -> str:
        """Makes the table, unless it is there."""
        query = f"{SCORED.query} ORDER BY id"
        return (
            f"CREATE TABLE IF NOT EXISTS {self.table} AS SELECT * FROM execute_external_script("
            f"'{self.language}', $script${self.script}$script$, '{query}')"
            " AS t(model bytea, scores float8[])"
        )


BOOSTING = Model(
    "boosting",
    "Python",
    """
import pickle
from sklearn.ensemble import GradientBoostingRegressor
features = InputDataSet[['x1', 'x2', 'x3', 'x4', 'x5']]
fitted = GradientBoostingRegressor(n_estimators=100, random_state=1).fit(features, InputDataSet.y)
OutputDataSet = [(pickle.dumps(fitted), fitted.predict(features).tolist())]
""",
)

FOREST = Model(
    "forest",
    "R",
    """
fitted <- ranger::ranger(
    y ~ x1 + x2 + x3 + x4 + x5, InputDataSet, num.trees = 100, num.threads = 1, seed = 1)
scores <- predict(fitted, InputDataSet, num.threads = 1)$predictions
OutputDataSet <- list(model = list(serialize(fitted, NULL)), scores = list(scores))
""",
)
