# Photo by photo, with lists of plain numbers.
import math


def f(theta, x):
    answers = []
    for row in x:
        values = [float(value) for value in row]
        for index, (kernel, bias) in enumerate(theta):
            values = [
                sum(v * float(k) for v, k in zip(values, column, strict=True)) + float(b)
                for column, b in zip(np.transpose(kernel), bias, strict=True)
            ]
            if index < len(theta) - 1:
                values = [max(value, 0.0) for value in values]
        top = max(values)
        powers = [math.exp(value - top) for value in values]
        answers.append([power / sum(powers) for power in powers])
    return answers
