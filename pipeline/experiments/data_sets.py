"""The built-in data sets."""

from __future__ import annotations

from pipeline.settings.experiment import DataSet

FASHION_MNIST = DataSet(
    title="Fashion-MNIST",
    reader="components.ingestion.formats.idx.IdxReader",
    class_names=(
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    shape=(28, 28, 1),
    source="fashion-mnist",
)

DOGS_VS_CATS = DataSet(
    title="Dogs vs. Cats",
    reader="components.ingestion.formats.image_folder.ImageFolderReader",
    class_names=("cat", "dog"),
    shape=(128, 128, 3),
    source="dogs-vs-cats",
    eval_fraction=0.2,
    data_subset=1000,  # small on purpose, so that regularization shows
    test_fraction=0.25,
)

CIFAR_10 = DataSet(
    title="CIFAR-10",
    reader="components.ingestion.formats.cifar_pickle.CifarReader",
    class_names=(
        *("airplane", "automobile", "bird", "cat", "deer"),
        *("dog", "frog", "horse", "ship", "truck"),
    ),
    shape=(32, 32, 3),
    source="cifar-10",
)
