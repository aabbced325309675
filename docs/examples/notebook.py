"""Show an annotated picture in a notebook; each `# %%` begins a cell in Jupyter, VS Code or Spyder."""

# %%
import cv2
import matplotlib.cbook
import matplotlib.pyplot as plt

import realtime

# %% The portrait that comes with matplotlib; use a file of your own with cv2.imread("people.jpg").
with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
    image_rgb = plt.imread(file, format="jpg")
image = cv2.cvtColor(image_rgb, cv2.COLOR_RGB2BGR)

# %% OpenCV's pictures are BGR, matplotlib's are RGB.
faces = realtime.find_faces(image)
shown = realtime.draw(image, faces, ["moustache"], keypoints=True)
plt.imshow(cv2.cvtColor(shown, cv2.COLOR_BGR2RGB))
plt.axis("off")
plt.show()
