import json
import unittest
from pathlib import Path

import numpy

from enrich_training.graph import FILE, model, quantised

SHIPPED = Path(__file__).resolve().parents[2] / "models" / "entities"


class Graph(unittest.TestCase):
    def test_quantised_weights_are_near_and_each_row_uses_its_range(self) -> None:
        matrix = numpy.array([[0.5, -1.0, 0.25], [8.0, 2.0, -4.0], [0.0, 0.0, 0.0]], dtype=numpy.float32)
        values, scales = quantised(matrix, axis=1, top=64)
        self.assertEqual(values.tolist(), [[32, -64, 16], [64, 16, -32], [0, 0, 0]])
        self.assertTrue(numpy.allclose(values * scales[:, None], matrix))

    def test_the_shipped_int8_weights_are_made_from_the_shipped_weights(self) -> None:
        made = model(SHIPPED).SerializeToString(deterministic=True)
        self.assertTrue(made == (SHIPPED / FILE).read_bytes(), "run python -m enrich_training quantise")

    def test_pairs_of_products_fit_in_sixteen_bits(self) -> None:
        layers = json.loads((SHIPPED / "config.json").read_text())["num_hidden_layers"]
        weights = [tensor for tensor in model(SHIPPED).graph.initializer if tensor.name.startswith("layer") and tensor.data_type == 3]
        matrices = [numpy.frombuffer(tensor.raw_data, numpy.int8) for tensor in weights if tensor.name.endswith(".weight")]
        self.assertEqual(len(matrices), 4 * layers)
        self.assertTrue(all(int(abs(matrix).max()) * 255 * 2 < 2**15 for matrix in matrices))


if __name__ == "__main__":
    unittest.main()
