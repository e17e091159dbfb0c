# Lists the model files of this program and the folder where they are kept. packaging/setup.sh
# fetches them, and packaging/deb.sh packs them.

# All are members of one wheel, which is pinned by hash; each member has a hash of its own as well.
wheel="mediapipe==0.10.21"
wheel_sha256="05dc4a9e593655a79558d05d6227d31018c2537a4bd3362b51e230cf22aecfe3"
models="
bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8 face_detection/face_detection_short_range.tflite
1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814 face_landmark/face_landmark.tflite
d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f iris_landmark/iris_landmark.tflite
9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c selfie_segmentation/selfie_segmentation.tflite
a77d03f4659b9f6b6c1f5106947bf40e99d7655094b6527f214ea7d451106edd selfie_segmentation/selfie_segmentation_landscape.tflite
"

model_folder() {
    if [ -n "${CAPTURE_STATION_MODELS:-}" ]; then
        echo "$CAPTURE_STATION_MODELS"
    elif [ "$(id -u)" = 0 ]; then
        echo /usr/local/share/capture-station/models
    else
        echo "${XDG_DATA_HOME:-$HOME/.local/share}/capture-station/models"
    fi
}

# Prints one line for each model file in folder $1, in the format of `sha256sum --check`.
model_sums() {
    local sum member
    while read -r sum member; do
        [ -z "$sum" ] || echo "$sum  $1/$(basename "$member")"
    done <<<"$models"
}
