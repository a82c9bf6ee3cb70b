"""What R is to do, by the job's key."""

SCRIPTS = {
    "least": "OutputDataSet <- data.frame(n = 1L)",
    "through": """
OutputDataSet <- InputDataSet
OutputDataSet$a <- OutputDataSet$a * 2
""",
    "into": """
OutputDataSet <- with(InputDataSet, data.frame(n = length(id), a = sum(a), e = sum(e)))
""",
    "out": """
id <- seq_len(:rows)
OutputDataSet <- data.frame(
    id = id, a = id / 3, b = id / 7, c = id / 11, d = id / 13, e = id / 17)
""",
    "texts": """
OutputDataSet <- InputDataSet
OutputDataSet$a <- toupper(OutputDataSet$a)
""",
    "mixed": """
OutputDataSet <- InputDataSet
OutputDataSet$measure <- OutputDataSet$measure * 2
""",
    "grouped": """
totals <- rowsum(InputDataSet$amount, InputDataSet$shop)
OutputDataSet <- data.frame(shop = as.integer(rownames(totals)), amount = totals[, 1])
""",
    "training": """
model <- .lm.fit(cbind(1, as.matrix(InputDataSet[, -1])), InputDataSet$y)
OutputDataSet <- as.data.frame(t(model$coefficients))
""",
    "voted": """
library(ranger)
scores <- predict(unserialize(model), InputDataSet, num.threads = 1)$predictions
OutputDataSet <- data.frame(id = InputDataSet$id, score = scores)
""",
    "tabled": """
library(data.table)
OutputDataSet <- as.data.table(InputDataSet)[, .(amount = sum(amount)), by = shop]
""",
}
