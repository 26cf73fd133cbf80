using Thaw.Harness;
using Thaw.Shapes;

return Tool.Run(args, ShapeOptions.Help, () =>
{
    ShapeBench.Run(ShapeOptions.Parse(args));
    return 0;
});
