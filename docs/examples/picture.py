"""Find the faces of a picture and put sunglasses on them: python docs/examples/picture.py people.jpg"""

import sys

import cv2

import realtime

image = cv2.imread(sys.argv[1])
faces = realtime.find_faces(image)
for face in realtime.analyse(faces, (image.shape[1], image.shape[0])):
    print(f"face {face.face_id}: nose tip at {face.point('nose_tip').round()}, {face.measures}")
cv2.imwrite("decorated.png", realtime.draw(image, faces, ["sunglasses"]))
