import unittest

try:
    import torch

    from enrich_training.model import BESIDE, Bert, Shape
except ImportError:
    torch = None


@unittest.skipIf(torch is None, "needs PyTorch")
class Model(unittest.TestCase):
    def setUp(self) -> None:
        torch.manual_seed(1)
        self.model = Bert(Shape(vocabulary=200, hidden=256, layers=2, heads=4, ffn=64, positions=64)).eval()

    def test_padding_does_not_change_the_answer(self) -> None:
        ids = torch.randint(5, 200, (1, 12))
        padded = torch.cat((ids, torch.zeros(1, 5, dtype=torch.long)), dim=1)
        alone, beside = self.model(ids), self.model(padded, padded != 0)[:, :12]
        self.assertTrue(torch.allclose(alone, beside, atol=1e-4))

    def test_fresh_heads_look_at_their_neighbours(self) -> None:
        hidden = self.model.embeddings(torch.randint(5, 200, (1, 30)), 0)
        attention = self.model.encoder["layer"][0].attention["self"]
        split = [part(hidden).view(30, 4, 64).transpose(0, 1) for part in (attention.query, attention.key)]
        weights = (split[0] @ split[1].transpose(1, 2) / 8).softmax(-1)
        for head, offset in enumerate(BESIDE[0]):
            near = weights[head, 15, 15 + offset - 1 : 15 + offset + 2].sum()
            self.assertGreater(float(near), 0.8)


if __name__ == "__main__":
    unittest.main()
