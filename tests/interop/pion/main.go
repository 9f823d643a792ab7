// Pion as an encoder (WHIP) and as a player (WHEP), for the interoperability tests.
//
// It says what happens as one JSON object a line on standard output, ends with code 0 when its time is over, and plays
// no part in how the media is judged: what it sends comes from files, what it gets goes into one.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"
)

type options struct {
	url, token, way, profile, pictures, rids, sound, record string
	tcp, restart                                            bool
	seconds                                                 int
}

func read() (o options) {
	flag.StringVar(&o.url, "url", "", "the endpoint")
	flag.StringVar(&o.token, "token", "", "the bearer token")
	flag.StringVar(&o.way, "way", "in", "in: WHIP, out: WHEP")
	flag.StringVar(&o.profile, "profile", "", "gcm or sha1: the only SRTP profile that is offered")
	flag.StringVar(&o.pictures, "pictures", "", "IVF files to send (VP8), one for each encoding, separated by commas")
	flag.StringVar(&o.rids, "rids", "", "names of the encodings; empty: there is one")
	flag.StringVar(&o.sound, "sound", "", "an Ogg file to send (Opus)")
	flag.StringVar(&o.record, "record", "", "the IVF file for what comes")
	flag.BoolVar(&o.tcp, "tcp", false, "media over TCP alone")
	flag.BoolVar(&o.restart, "restart", false, "begin ICE anew in the middle")
	flag.IntVar(&o.seconds, "seconds", 5, "how long media flows")
	flag.Parse()
	return o
}

func main() {
	o := read()
	if err := run(o); err != nil {
		say("failed", "why", err.Error())
		os.Exit(1)
	}
}

func run(o options) error {
	peer, err := connectionOf(o)
	if err != nil {
		return err
	}
	defer peer.Close()
	connected, failed := make(chan struct{}), make(chan struct{})
	var once, onceFailed sync.Once // after a restart it is connected again
	peer.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		say("state", "is", state.String())
		switch state {
		case webrtc.PeerConnectionStateConnected:
			once.Do(func() { close(connected) })
		case webrtc.PeerConnectionStateFailed:
			onceFailed.Do(func() { close(failed) })
		default:
		}
	})
	sent, err := prepare(peer, o)
	if err != nil {
		return err
	}
	session, err := open(peer, o)
	if err != nil {
		return err
	}
	select {
	case <-connected:
	case <-failed:
		return fmt.Errorf("no path")
	case <-time.After(15 * time.Second):
		return fmt.Errorf("not connected within 15 s")
	}
	say("connected", "over", pathOf(peer))
	for _, each := range sent {
		go each()
	}
	half := time.Duration(o.seconds) * time.Second / 2
	time.Sleep(half)
	if o.restart {
		if err := session.restart(peer); err != nil {
			return err
		}
	}
	time.Sleep(half)
	say("counted", "packets", counted())
	return session.end()
}

// connectionOf makes a peer connection that offers what the options leave of everything.
func connectionOf(o options) (*webrtc.PeerConnection, error) {
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return nil, err
	}
	if err := webrtc.ConfigureSimulcastExtensionHeaders(media); err != nil {
		return nil, err
	}
	interceptors := &interceptor.Registry{}
	if err := webrtc.RegisterDefaultInterceptors(media, interceptors); err != nil {
		return nil, err
	}
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	switch o.profile {
	case "gcm":
		settings.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_256_GCM)
	case "sha1":
		settings.SetSRTPProtectionProfiles(dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	}
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	if o.tcp {
		settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
	}
	api := webrtc.NewAPI(
		webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(interceptors), webrtc.WithSettingEngine(settings),
	)
	return api.NewPeerConnection(webrtc.Configuration{})
}

// prepare adds what is sent or received, and gives what is to run once the peers are connected.
func prepare(peer *webrtc.PeerConnection, o options) ([]func(), error) {
	if o.way == "out" {
		return nil, receive(peer, o.record)
	}
	video, err := sendPictures(peer, list(o.pictures), list(o.rids))
	if err != nil {
		return nil, err
	}
	if o.sound == "" {
		return video, nil
	}
	audio, err := sendSound(peer, o.sound)
	return append(video, audio), err
}

// pathOf says which protocol the chosen pair has.
func pathOf(peer *webrtc.PeerConnection) string {
	pair, err := peer.SCTP().Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return "unknown"
	}
	return pair.Local.Protocol.String()
}

func list(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func say(event, key string, value any) {
	line, err := json.Marshal(map[string]any{"event": event, key: value})
	if err != nil {
		panic(err) // strings and numbers are always JSON
	}
	fmt.Println(string(line))
}
