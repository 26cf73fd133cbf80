using Thaw.Server.Settings;

namespace Thaw.UnitTests.Server.Settings;

public sealed class DeviceSettingTests
{
    [Theory]
    [InlineData("cpu", null, true)]
    [InlineData("cuda", 0, true)]
    [InlineData("CUDA:0", 0, true)]
    [InlineData("cuda:15", 15, true)]
    [InlineData("auto", 0, false)]
    public void A_device_is_read(string text, int? cuda, bool isRequired)
    {
        Assert.True(DeviceSetting.TryParse(text, out DeviceSetting setting));
        Assert.Equal(new DeviceSetting(cuda, isRequired), setting);
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:one")]
    [InlineData("cuda:99999999999")]
    [InlineData("auto:1")]
    public void Anything_else_is_refused(string text) => Assert.False(DeviceSetting.TryParse(text, out _));
}
