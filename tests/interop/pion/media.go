package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/ivfwriter"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"
)

const (
	payload     = 1100 // bytes of a packet
	videoRate   = 90_000
	soundLength = 20 * time.Millisecond
)

// sendPictures sends each file as one encoding of one source. Encodings have names when there are several (RFC 8853);
// each packet then bears its name, because Pion leaves that to its user.
func sendPictures(peer *webrtc.PeerConnection, files, rids []string) ([]func(), error) {
	var (
		runs        []func()
		transceiver *webrtc.RTPTransceiver
	)
	for place, file := range files {
		var named []func(*webrtc.TrackLocalStaticRTP)
		rid := ""
		if len(rids) > 0 {
			rid = rids[place]
			named = append(named, webrtc.WithRTPStreamID(rid))
		}
		track, err := webrtc.NewTrackLocalStaticRTP(
			webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: videoRate}, "video", "pion", named...,
		)
		if err != nil {
			return nil, err
		}
		if transceiver == nil {
			direction := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}
			transceiver, err = peer.AddTransceiverFromTrack(track, direction)
		} else {
			err = transceiver.Sender().AddEncoding(track)
		}
		if err != nil {
			return nil, err
		}
		runs = append(runs, func() { playPictures(file, rid, track, transceiver) })
	}
	return runs, nil
}

// playPictures sends a file again and again. It begins with a key frame, so nobody has to ask for one.
func playPictures(file, rid string, track *webrtc.TrackLocalStaticRTP, transceiver *webrtc.RTPTransceiver) {
	mid, name := extensions(transceiver)
	packetizer := rtp.NewPacketizerWithOptions(
		payload, &codecs.VP8Payloader{EnablePictureID: true}, rtp.NewRandomSequencer(), videoRate,
	)
	for {
		stream, err := os.Open(file)
		check(err)
		reader, header, err := ivfreader.NewWith(stream)
		check(err)
		length := time.Second * time.Duration(header.TimebaseNumerator) / time.Duration(header.TimebaseDenominator)
		ticks := time.NewTicker(length)
		for {
			frame, _, err := reader.ParseNextFrame()
			if errors.Is(err, io.EOF) {
				break
			}
			check(err)
			for _, packet := range packetizer.Packetize(frame, uint32(length.Seconds()*videoRate)) {
				if rid != "" {
					check(packet.Header.SetExtension(mid, []byte(transceiver.Mid())))
					check(packet.Header.SetExtension(name, []byte(rid)))
				}
				if track.WriteRTP(packet) != nil {
					return
				}
			}
			<-ticks.C
		}
		ticks.Stop()
		check(stream.Close())
	}
}

// extensions gives the agreed numbers of mid and rid.
func extensions(transceiver *webrtc.RTPTransceiver) (mid, rid uint8) {
	for _, one := range transceiver.Sender().GetParameters().HeaderExtensions {
		switch one.URI {
		case sdp.SDESMidURI:
			mid = uint8(one.ID)
		case sdp.SDESRTPStreamIDURI:
			rid = uint8(one.ID)
		}
	}
	return mid, rid
}

func sendSound(peer *webrtc.PeerConnection, file string) (func(), error) {
	track, err := webrtc.NewTrackLocalStaticSample(
		webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48_000, Channels: 2}, "audio", "pion",
	)
	if err != nil {
		return nil, err
	}
	direction := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}
	_, err = peer.AddTransceiverFromTrack(track, direction)
	return func() { playSound(file, track) }, err
}

func playSound(file string, track *webrtc.TrackLocalStaticSample) {
	ticks := time.NewTicker(soundLength)
	defer ticks.Stop()
	for {
		stream, err := os.Open(file)
		check(err)
		reader, _, err := oggreader.NewWith(stream)
		check(err)
		for {
			packet, _, err := reader.ParseNextPage() // one packet a page: the file is made so
			if errors.Is(err, io.EOF) {
				break
			}
			check(err)
			if bytes.HasPrefix(packet, []byte("OpusTags")) {
				continue
			}
			if track.WriteSample(media.Sample{Data: packet, Duration: soundLength}) != nil {
				return
			}
			<-ticks.C
		}
		check(stream.Close())
	}
}

var (
	counts  = map[string]int{"audio": 0, "video": 0}
	counter sync.Mutex
)

func counted() map[string]int {
	counter.Lock()
	defer counter.Unlock()
	return map[string]int{"audio": counts["audio"], "video": counts["video"]}
}

// receive counts what comes, asks for a key frame each second, and writes pictures to a file.
func receive(peer *webrtc.PeerConnection, file string) error {
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		direction := webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}
		if _, err := peer.AddTransceiverFromKind(kind, direction); err != nil {
			return err
		}
	}
	writer, err := ivfwriter.New(file, ivfwriter.WithCodec(webrtc.MimeTypeVP8))
	if err != nil {
		return err
	}
	peer.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		if track.Kind() == webrtc.RTPCodecTypeVideo {
			go func() {
				for range time.Tick(time.Second) {
					ask := &rtcp.PictureLossIndication{MediaSSRC: uint32(track.SSRC())}
					if peer.WriteRTCP([]rtcp.Packet{ask}) != nil {
						return
					}
				}
			}()
		}
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			counter.Lock()
			counts[track.Kind().String()]++
			if track.Kind() == webrtc.RTPCodecTypeVideo {
				check(writer.WriteRTP(packet))
			}
			counter.Unlock()
		}
	})
	return nil
}

func check(err error) {
	if err != nil {
		panic(err) // a fault of a file or of this program
	}
}
