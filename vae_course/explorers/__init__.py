"""Explorers: small trained models that run in the page itself, under the reader's hand.

A reader of the built book has no kernel and often no network. An explorer is a cell's last value that shows a picture
and puts something live in its place: sliders, a plane to move over, a pad to draw on, and a trained network in plain
JavaScript that answers within a frame. The same output is live in Jupyter and in Colab.

Each explorer is a module of its own, imported where it is shown, so that a new one leaves other chapters as they are:

    from vae_course.explorers.elbo_picture import elbo_picture
    from vae_course.explorers.latent_plane import latent_plane

To write the next one:

- `front/NAME.js` calls `VaeExplorers.define("NAME", (stage) => ...)`. The stage (`front/stage.js`) makes canvases,
  images, sliders, radio buttons, buttons, pads, skeletons that turn, and readings; `stage.after` says what to compute
  when something changed; `stage.networks` holds a function for each model. `front/style-grid.js` is a short example.
- `NAME.py` here returns an `Explorer`: the settings that the script needs, a picture of its first state drawn by
  matplotlib, words for the picture, and the networks, each through `export`. If Python can compute what the page
  computes, let it, so that a test can compare the two.
- The weights are shipped (`vae_course.weights`), not trained in the chapter: the same bytes for every reader. About
  300,000 weights make 300 KB in the page, the most that one model may have.
- The chapter's cell ends in the explorer and has the tag `nbval-ignore-output`, for the picture's pixels; the text
  below it says what to look for. `tests/explorers/course.py` names it, and so it gets the tests that all have; one
  module in `tests/browser` measures what there is to discover.

In a notebook the output carries all it needs. In the book, `tools/book_extension.py` takes the carried part out,
loads the scripts once a page, and writes each model to a file that is loaded when the explorer comes into view.
"""

from vae_course.explorers.explorer import Explorer
from vae_course.explorers.export import Exported, ExportError, export

__all__ = ["Explorer", "ExportError", "Exported", "export"]
