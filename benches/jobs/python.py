"""What Python is to do, by the job's key. Everything that runs Python with pandas runs these."""

SCRIPTS = {
    "least": "OutputDataSet = [(1,)]",
    "through": "OutputDataSet = InputDataSet.assign(a=InputDataSet.a * 2)",
    "into": "OutputDataSet = [(len(InputDataSet), InputDataSet.a.sum(), InputDataSet.e.sum())]",
    "out": """
id = numpy.arange(1, :rows + 1)
OutputDataSet = pandas.DataFrame(
    {'id': id, 'a': id / 3, 'b': id / 7, 'c': id / 11, 'd': id / 13, 'e': id / 17})
""",
    "texts": "OutputDataSet = InputDataSet.assign(a=InputDataSet.a.str.upper())",
    "mixed": "OutputDataSet = InputDataSet.assign(measure=InputDataSet.measure * 2)",
    "grouped": "OutputDataSet = InputDataSet.groupby('shop', as_index=False).amount.sum()",
    "training": """
features = numpy.column_stack(
    [numpy.ones(len(InputDataSet)), InputDataSet[['x1', 'x2', 'x3', 'x4', 'x5']]])
coefficients, *_ = numpy.linalg.lstsq(features, InputDataSet.y)
OutputDataSet = [tuple(coefficients)]
""",
    "boosted": """
import pickle
import sklearn.ensemble
scores = pickle.loads(model).predict(InputDataSet[['x1', 'x2', 'x3', 'x4', 'x5']])
OutputDataSet = InputDataSet[['id']].assign(score=scores)
""",
    "drawn": """
import io
import matplotlib.pyplot
figure, axes = matplotlib.pyplot.subplots()
axes.scatter(InputDataSet.x5, InputDataSet.y)
png = io.BytesIO()
figure.savefig(png, format='png')
matplotlib.pyplot.close(figure)
OutputDataSet = pandas.DataFrame({'png': [png.getvalue()]})
""",
}
