package doctor

import (
	"io/fs"

	"golang.org/x/sys/windows"
)

// ownedByUs: on Windows the folder's list of rights decides.
func ownedByUs(fs.FileInfo) (owner string, ours bool) { return "", true }

// freeSpace is how much this user may still write.
func freeSpace(path string) (int64, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, err
	}
	return int64(free), nil
}
