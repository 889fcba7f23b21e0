"""The recordings that the documentation shows, and a stream that gets another url."""

from __future__ import annotations

import asyncio

from livekit import api

S3 = api.S3Upload(bucket="b", region="r", access_key="AK", secret="SK", force_path_style=True)


async def main() -> None:
    """Start each kind once."""
    lk = api.LiveKitAPI()
    composite = await lk.egress.start_room_composite_egress(
        api.RoomCompositeEgressRequest(
            room_name="my-room",
            layout="speaker",
            preset=api.EncodingOptionsPreset.H264_720P_30,
            audio_only=False,
            segment_outputs=[
                api.SegmentedFileOutput(
                    filename_prefix="p",
                    playlist_name="p.m3u8",
                    live_playlist_name="live.m3u8",
                    segment_duration=5,
                    s3=S3,
                )
            ],
        )
    )
    print("composite", composite.egress_id)
    await lk.egress.start_web_egress(
        api.WebEgressRequest(
            url="https://my-page.com",
            audio_only=False,
            advanced=api.EncodingOptions(
                width=1920,
                height=1080,
                framerate=30,
                audio_codec=api.AudioCodec.AAC,
                video_codec=api.VideoCodec.H264_HIGH,
                video_bitrate=4500,
                key_frame_interval=2,
            ),
            file_outputs=[
                api.EncodedFileOutput(
                    filepath="a.mp4", gcp=api.GCPUpload(credentials="{}", bucket="b")
                )
            ],
            stream_outputs=[
                api.StreamOutput(protocol=api.StreamProtocol.RTMP, urls=["rtmps://a", "rtmp://b"])
            ],
        )
    )
    await lk.egress.start_participant_egress(
        api.ParticipantEgressRequest(
            room_name="my-room",
            identity="ann",
            screen_share=False,
            advanced=api.EncodingOptions(width=1280, height=720),
            stream_outputs=[
                api.StreamOutput(protocol=api.StreamProtocol.SRT, urls=["srt://host:9999"])
            ],
            image_outputs=[
                api.ImageOutput(
                    capture_interval=5,
                    width=1280,
                    height=720,
                    filename_prefix="i",
                    filename_suffix=api.IMAGE_SUFFIX_TIMESTAMP,
                    azure=api.AzureBlobUpload(
                        account_name="a", account_key="k", container_name="c"
                    ),
                )
            ],
        )
    )
    await lk.egress.start_track_composite_egress(
        api.TrackCompositeEgressRequest(
            room_name="my-room",
            audio_track_id="TR_a",
            video_track_id="TR_v",
            stream_outputs=[api.StreamOutput(protocol=api.StreamProtocol.RTMP, urls=[])],
        )
    )
    await lk.egress.start_track_egress(
        api.TrackEgressRequest(
            room_name="my-room",
            track_id="TR_v",
            file=api.DirectFileOutput(filepath="{track_id}", s3=S3),
        )
    )
    await lk.egress.update_stream(
        api.UpdateStreamRequest(
            egress_id=composite.egress_id,
            add_output_urls=["rtmp://new"],
            remove_output_urls=["rtmp://old"],
        )
    )
    await lk.egress.update_layout(api.UpdateLayoutRequest(egress_id="EG_1", layout="grid-light"))
    listed = await lk.egress.list_egress(api.ListEgressRequest(room_name="my-room", active=True))
    print("running", len(listed.items))
    await lk.egress.stop_egress(api.StopEgressRequest(egress_id="EG_1"))
    await lk.aclose()


asyncio.run(main())
